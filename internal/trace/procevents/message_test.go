package procevents

import (
	"encoding/binary"
	"errors"
	"testing"
	"time"
)

// raw is a message with that kind and those words behind its head.
func raw(kind Kind, words ...uint32) []byte {
	bytes := make([]byte, eventHeader+4*len(words))
	put := func(offset int, value uint32) { binary.NativeEndian.PutUint32(bytes[offset:], value) }
	put(netlinkHeader, indexProc)
	put(netlinkHeader+4, valueProc)
	put(netlinkHeader+8, 77)  // sequence
	put(netlinkHeader+12, 88) // answer
	put(connectorHeader, uint32(kind))
	put(connectorHeader+4, 3) // cpu
	binary.NativeEndian.PutUint64(bytes[connectorHeader+8:], uint64(time.Hour))
	for i, word := range words {
		put(eventHeader+4*i, word)
	}
	return bytes
}

func TestMessagesAreParsed(t *testing.T) {
	head := Message{Time: time.Hour, cpu: 3, sequence: 77, answer: 88}
	for _, tt := range []struct {
		name string
		raw  []byte
		want func(*Message)
	}{
		{"fork", raw(Fork, 1, 2, 10, 20), func(m *Message) { m.Kind, m.Parent, m.Thread, m.PID = Fork, 2, 10, 20 }},
		{"exec", raw(Exec, 10, 20, 0), func(m *Message) { m.Kind, m.Thread, m.PID = Exec, 10, 20 }},
		{"exit", raw(Exit, 10, 20, 9<<8, 17), func(m *Message) { m.Kind, m.Thread, m.PID, m.Status = Exit, 10, 20, 9<<8 }},
		{"answer", raw(none, 1), func(m *Message) { m.refusal = 1 }},
		{"another", raw(0x40, 1), func(m *Message) { m.Kind = 0x40 }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			want := head
			tt.want(&want)
			var got Message
			if err := parse(tt.raw, &got); err != nil || got != want {
				t.Errorf("parsed %+v, %v; want %+v", got, err, want)
			}
		})
	}
}

func TestWhatIsNoMessageIsRefused(t *testing.T) {
	foreign := raw(Exec, 1, 2, 3)
	foreign[netlinkHeader]++
	for name, bytes := range map[string][]byte{
		"nothing": nil, "half a head": raw(Exec, 1)[:40], "short fork": raw(Fork, 1, 2, 3), "short exit": raw(Exit, 1, 2), "foreign": foreign,
	} {
		if err := parse(bytes, new(Message)); !errors.Is(err, errMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOnlyTheFirstThreadStartsAProcess(t *testing.T) {
	for _, tt := range []struct {
		m    Message
		want bool
	}{
		{Message{Kind: Fork, PID: 5, Thread: 5}, true},
		{Message{Kind: Fork, PID: 5, Thread: 6}, false},
		{Message{Kind: Exit, PID: 5, Thread: 5}, false},
	} {
		if got := tt.m.StartsProcess(); got != tt.want {
			t.Errorf("%+v: %v", tt.m, got)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(raw(Fork, 1, 2, 3, 4))
	f.Add(raw(Exit, 1, 2, 3))
	f.Fuzz(func(t *testing.T, bytes []byte) { _ = parse(bytes, new(Message)) })
}
