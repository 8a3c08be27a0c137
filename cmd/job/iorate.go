package main

import (
	"errors"
	"strconv"
	"strings"

	"jobobject"
)

var errIORate = errors.New("it is a list like read=10M,write=5M,read-ops=200,write-ops=100,device=/dev/sda")

// ioRateInto reads a list of bounds, of which there is at least one. The device comes
// last, as its name may have commas in it.
func ioRateInto(target *jobobject.IORate) func(string) error {
	return func(text string) error {
		var rate jobobject.IORate
		bounds, device, named := strings.Cut(","+text, ",device=")
		if rate.Device = device; named && device == "" {
			return errors.New("device= wants a name")
		}
		if named && bounds == "" {
			return errors.New("device= comes last, behind what it is a bound of, as read=10M,device=/dev/sda")
		}
		for part := range strings.SplitSeq(strings.TrimPrefix(bounds, ","), ",") {
			if err := ioBoundInto(&rate, part); err != nil {
				return err
			}
		}
		*target = rate
		return nil
	}
}

func ioBoundInto(rate *jobobject.IORate, part string) (err error) {
	name, value, isBound := strings.Cut(part, "=")
	var target *uint64
	parse := parseSize
	switch name {
	case "read":
		target = &rate.ReadBytes
	case "write":
		target = &rate.WriteBytes
	case "read-ops":
		target, parse = &rate.ReadOperations, parseCount
	case "write-ops":
		target, parse = &rate.WriteOperations, parseCount
	}
	switch {
	case target == nil || !isBound:
		return errIORate
	case *target != 0:
		return errors.New(name + " is there twice")
	}
	if *target, err = parse(value); err != nil {
		return errors.New(name + ": " + err.Error())
	}
	if *target == 0 {
		return errors.New(name + ": it is at least 1; leave it out for no bound")
	}
	return nil
}

func parseCount(text string) (uint64, error) {
	n, err := strconv.ParseUint(text, 10, 32)
	if err != nil {
		return 0, errors.New("it is a number of operations a second")
	}
	return n, nil
}
