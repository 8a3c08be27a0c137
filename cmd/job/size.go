package main

import (
	"errors"
	"math/big"
	"strings"
)

var (
	errSize     = errors.New("a size is written like 512M or 1.5GiB; K, M, G and T are powers of 1024")
	errSizeHuge = errors.New("no machine has so much")
)

// parseSize reads a number of bytes. K is the same as KiB, and a number alone is
// bytes. What other programs take for a power of 1000, as KB, is not understood
// rather than misunderstood.
//
// No library does that: go-units takes 1KB and 1e3, and 16777216T is negative; in
// go-humanize M is a power of 1000; alecthomas/units and go-bytesize know no 512M.
func parseSize(text string) (uint64, error) {
	digits := strings.TrimRight(text, "KMGTiB")
	factor, known := factors()[text[len(digits):]]
	if !known || digits == "" || strings.Trim(digits, "0123456789.") != "" {
		return 0, errSize
	}
	size, ok := new(big.Rat).SetString(digits)
	if !ok {
		return 0, errSize
	}
	size.Mul(size, new(big.Rat).SetUint64(factor))
	bytes := new(big.Int).Quo(size.Num(), size.Denom())
	if !bytes.IsUint64() {
		return 0, errSizeHuge
	}
	return bytes.Uint64(), nil
}

// factors is a function, as a table would be built at every start.
func factors() map[string]uint64 {
	return map[string]uint64{
		"": 1, "B": 1,
		"K": 1 << 10, "KiB": 1 << 10, "M": 1 << 20, "MiB": 1 << 20,
		"G": 1 << 30, "GiB": 1 << 30, "T": 1 << 40, "TiB": 1 << 40,
	}
}
