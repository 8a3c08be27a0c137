package cgroup

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"jobobject/internal/group"
	"jobobject/internal/kernel"
)

// ioFiles are the bounds of a group in one version: for each disk, by its number,
// what it has. A disk without bounds need not be there.
type ioFiles struct {
	read  func(dir string) (map[string]kernel.IORate, error)
	write func(dir, disk string, rate kernel.IORate) error
}

func ioFilesV2() ioFiles { return ioFiles{readIOMax, writeIOMax} }

func ioFilesV1() ioFiles { return ioFiles{readThrottles, writeThrottles} }

func writeIO(dir string, l group.Limits) error { return ioFilesV2().replace(dir, l.IO) }

func writeIOV1(dir string, l group.Limits) error { return ioFilesV1().replace(dir, l.IO) }

// checkIO finds out whether there is what a rate is about.
func checkIO(l group.Limits, _ bool) error {
	_, err := disksOf(l.IO.Device)
	if err == nil || errors.Is(err, kernel.ErrInvalidLimit) {
		return err
	}
	return &kernel.NotSupportedError{Feature: "IORate", Cause: err, Remedy: "name the device, if there is one"}
}

// replace gives the disks that the rate is about these bounds, and takes them from
// all others. When it fails the disks have what they had.
func (f ioFiles) replace(dir string, rate kernel.IORate) error {
	before, err := f.read(dir)
	if err != nil {
		return err
	}
	after := map[string]kernel.IORate{}
	for disk := range before {
		after[disk] = kernel.IORate{}
	}
	if rate != (kernel.IORate{}) {
		disks, err := disksOf(rate.Device)
		if err != nil {
			return err
		}
		for _, disk := range disks {
			after[disk] = rate
		}
	}
	for disk, bounds := range after {
		err := f.write(dir, disk, bounds)
		if unplugged(err) && (rate.Device == "" || bounds != rate) {
			continue // there is nothing to bound any more
		}
		if err != nil {
			for disk := range after {
				if undo := f.write(dir, disk, before[disk]); !unplugged(undo) {
					err = errors.Join(err, undo)
				}
			}
			return err
		}
	}
	return nil
}

func unplugged(err error) bool { return errors.Is(err, unix.ENODEV) || errors.Is(err, unix.ENXIO) }

// lift lets go what waits at the bounds of a directory.
func (f ioFiles) lift(dir string) {
	bounded, _ := f.read(dir)
	for disk := range bounded {
		_ = f.write(dir, disk, kernel.IORate{})
	}
}

// letIOGo takes the bounds away from all groups of a tree that is being killed: a
// process whose read or write waits for its turn does not die before that. They come
// back when a group gets new members.
func (t tree) letIOGo() {
	_ = t.walk(func(dir string) error {
		if exists(dir + "/io.max") {
			ioFilesV2().lift(dir)
		}
		for _, shadow := range readShadows(dir) {
			if exists(throttleFile(shadow, "read_bps")) {
				ioFilesV1().lift(shadow)
			}
		}
		return nil
	})
}

func readIOMax(dir string) (map[string]kernel.IORate, error) {
	content, err := os.ReadFile(dir + "/io.max")
	if err != nil {
		return nil, err
	}
	return parseIOMax(string(content)), nil
}

// parseIOMax reads lines such as 254:0 rbps=1048576 wbps=max riops=max wiops=max.
func parseIOMax(text string) map[string]kernel.IORate {
	rates := map[string]kernel.IORate{}
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		if len(fields) < 2 {
			continue
		}
		var rate kernel.IORate
		for _, field := range fields[1:] {
			key, value, _ := strings.Cut(field, "=")
			n, _ := strconv.ParseUint(value, 10, 64) // max is none
			if bound := ioBound(&rate, key); bound != nil {
				*bound = n
			}
		}
		rates[fields[0]] = rate
	}
	return rates
}

func ioBound(rate *kernel.IORate, key string) *uint64 {
	switch key {
	case "rbps", "read_bps":
		return &rate.ReadBytes
	case "wbps", "write_bps":
		return &rate.WriteBytes
	case "riops", "read_iops":
		return &rate.ReadOperations
	case "wiops", "write_iops":
		return &rate.WriteOperations
	}
	return nil
}

func writeIOMax(dir, disk string, rate kernel.IORate) error {
	line := disk
	for _, key := range []string{"rbps", "wbps", "riops", "wiops"} {
		line += " " + key + "=" + orMax(*ioBound(&rate, key), "max")
	}
	return writeFile(dir+"/io.max", line)
}

func throttles() []string { return []string{"read_bps", "write_bps", "read_iops", "write_iops"} }

func throttleFile(dir, key string) string { return dir + "/blkio.throttle." + key + "_device" }

func readThrottles(dir string) (map[string]kernel.IORate, error) {
	rates := map[string]kernel.IORate{}
	for _, key := range throttles() {
		content, err := os.ReadFile(throttleFile(dir, key))
		if err != nil {
			return nil, err
		}
		for line := range strings.Lines(string(content)) {
			disk, value, _ := strings.Cut(strings.TrimSpace(line), " ")
			n, err := strconv.ParseUint(value, 10, 64)
			if err != nil {
				return nil, &os.PathError{Op: "parse", Path: throttleFile(dir, key), Err: err}
			}
			rate := rates[disk]
			*ioBound(&rate, key) = n
			rates[disk] = rate
		}
	}
	return rates, nil
}

// writeThrottles needs a write for each of the bounds; 0 is none there.
func writeThrottles(dir, disk string, rate kernel.IORate) (err error) {
	for _, key := range throttles() {
		err = cmp.Or(err, writeFile(throttleFile(dir, key), fmt.Sprintf("%s %d", disk, *ioBound(&rate, key))))
	}
	return err
}

// errFlat is of a v1 hierarchy in which groups below are bounded by themselves alone.
func (g *Group) errFlat(c control, below string) error {
	return c.unsupported(fmt.Errorf("a job nested in this one has a group of its own, %s, which the v1 controller would not bound with this one", below),
		"on a host with cgroup v2 alone it would")
}

// holdIOAgain brings back what letIOGo took away.
func (g *Group) holdIOAgain() error {
	for _, c := range controls() {
		if c.v2 == "io" && c.wanted(g.held) {
			return g.apply(c, g.held)
		}
	}
	return nil
}
