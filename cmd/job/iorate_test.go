package main

import (
	"testing"

	"jobobject"
)

func TestARateOfIOIsRead(t *testing.T) {
	for text, want := range map[string]jobobject.IORate{
		"read=10M": {ReadBytes: 10 << 20},
		"write-ops=100,write=5M,read-ops=200,read=1": {ReadBytes: 1, WriteBytes: 5 << 20, ReadOperations: 200, WriteOperations: 100},
		"read-ops=1,device=/dev/disk/by-id/a,b=c":    {ReadOperations: 1, Device: "/dev/disk/by-id/a,b=c"},
	} {
		var got jobobject.IORate
		if err := ioRateInto(&got)(text); err != nil || got != want {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
	}
}
