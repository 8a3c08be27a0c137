package bpf

import (
	"encoding/binary"
	"errors"
	"reflect"
	"testing"
)

// raw is a record of that kind in which every byte behind the kind is 1, with
// bytes set at offsets.
func raw(kind Kind, set map[int]byte) []byte {
	bytes := make([]byte, recordBytes[kind])
	for i := range bytes {
		bytes[i] = 1
	}
	binary.LittleEndian.PutUint16(bytes, uint16(kind))
	for offset, value := range set {
		bytes[offset] = value
	}
	return bytes
}

const (
	ones16 = 0x0101
	ones32 = 0x01010101
	ones64 = 0x0101010101010101
)

func TestARecordIsDecodedAsItIsWritten(t *testing.T) {
	head := Record{
		Marks: ones16, PID: ones32, Parent: ones32, Time: ones64, Start: ones64, Group: ones64,
		Watched: ones64, Counted: ones32, Lost: ones64, Census: ones32, Comm: []byte("\x01\x01\x01"),
	}
	amounts := Amounts{
		ones64, ones64, ones64, ones64, ones64, ones64, ones64, ones64, ones64, ones64, ones64, ones64,
	}
	shortComm := map[int]byte{64 + 3: 0}
	withProgram := map[int]byte{64 + 3: 0, headBytes: 3, headBytes + 1: 0, headBytes + 2: 2, headBytes + 3: 0}
	for _, tt := range []struct {
		name string
		raw  []byte
		want func(*Record)
	}{
		{"birth", raw(Birth, shortComm), func(r *Record) { r.Kind = Birth }},
		{"exec", raw(Exec, withProgram), func(r *Record) {
			r.Kind, r.Path, r.Args = Exec, []byte("\x01\x01\x01"), []byte("\x01\x01")
		}},
		{"exit", raw(Exit, shortComm), func(r *Record) { r.Kind, r.Status, r.Amounts = Exit, ones32, amounts }},
		{"move", raw(Move, shortComm), func(r *Record) { r.Kind, r.From, r.FromWatched = Move, ones64, ones64 }},
		{"member", raw(Member, shortComm), func(r *Record) { r.Kind, r.Target = Member, ones64 }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			want := head
			tt.want(&want)
			var got Record
			if err := Decode(tt.raw, &got); err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("decoded %+v, want %+v", got, want)
			}
		})
	}
}

func TestWhatIsNoRecordIsRefused(t *testing.T) {
	tooMuchPath := raw(Exec, map[int]byte{headBytes: 129, headBytes + 1: 0, headBytes + 2: 0, headBytes + 3: 0})
	tooManyArgs := raw(Exec, map[int]byte{headBytes: 0, headBytes + 1: 0, headBytes + 2: 1, headBytes + 3: 1})
	for name, bytes := range map[string][]byte{
		"nothing":       nil,
		"half a head":   raw(Birth, nil)[:40],
		"too long":      append(raw(Birth, nil), 0),
		"kind 0":        make([]byte, headBytes),
		"kind 6":        append([]byte{6}, make([]byte, headBytes-1)...),
		"too much path": tooMuchPath,
		"too many args": tooManyArgs,
	} {
		if err := Decode(bytes, new(Record)); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := new(Totals).UnmarshalBinary(make([]byte, totalsBytes-1)); !errors.Is(err, ErrMalformed) {
		t.Errorf("short totals: %v", err)
	}
}

func FuzzDecode(f *testing.F) {
	for kind := Birth; kind <= Member; kind++ {
		f.Add(raw(kind, nil))
	}
	f.Add(raw(Exec, map[int]byte{headBytes: 128, headBytes + 1: 0, headBytes + 2: 0, headBytes + 3: 1}))
	f.Fuzz(func(t *testing.T, bytes []byte) {
		var r Record
		if Decode(bytes, &r) != nil {
			return
		}
		if len(bytes) != recordBytes[r.Kind] {
			t.Errorf("kind %d in %d bytes", r.Kind, len(bytes))
		}
		if len(r.Comm) > 16 || len(r.Path) > pathBytes || len(r.Args) > argsBytes {
			t.Errorf("texts of %d, %d and %d bytes", len(r.Comm), len(r.Path), len(r.Args))
		}
	})
}

// What an ordinary process has in a ring.
func BenchmarkDecode(b *testing.B) {
	life := [][]byte{
		raw(Birth, nil), raw(Exec, map[int]byte{headBytes: 20, headBytes + 1: 0, headBytes + 2: 60, headBytes + 3: 0}), raw(Exit, nil),
	}
	var r Record
	for i := 0; b.Loop(); i++ {
		if err := Decode(life[i%len(life)], &r); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "records/s")
}
