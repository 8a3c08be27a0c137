package cgroup

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"jobobject/internal/kernel"
)

// The kernel bounds what goes to whole disks, and knows them by number. Partitions
// and file systems are on one.
const (
	disksByName   = "/sys/block"
	disksByNumber = "/sys/dev/block"
)

// disksOf gives the numbers, as 254:0, of the disks that a name stands for: of one,
// or of all that there are for "".
func disksOf(name string) ([]string, error) {
	if name == "" {
		return allDisks()
	}
	disk, err := diskOf(name)
	return []string{disk}, err
}

var errNoDisk = errors.New("this machine has no block device with a medium in it")

// allDisks leaves out those that nothing can be read from, as a loop device without
// a file, those that other disks are made of and nobody reaches, and memory that is
// made to look like a disk.
func allDisks() (disks []string, err error) {
	entries, err := os.ReadDir(disksByName)
	if err != nil {
		return nil, err
	}
	for _, entry := range entries {
		dir := filepath.Join(disksByName, entry.Name())
		if size, known := readFigure(dir + "/size").Get(); !known || size == 0 {
			continue
		}
		if hidden, _ := readFigure(dir + "/hidden").Get(); hidden != 0 || isMemory(entry.Name()) {
			continue
		}
		if number := words(dir, "dev"); len(number) == 1 {
			disks = append(disks, number[0])
		}
	}
	if len(disks) == 0 {
		return nil, errNoDisk
	}
	return disks, nil
}

func isMemory(name string) bool {
	return strings.Trim(strings.TrimPrefix(name, "z"), "0123456789") == "ram"
}

// diskOf finds the one that a device is, that a partition is part of, or that the
// file system of a directory is on.
func diskOf(name string) (number string, err error) {
	var stat unix.Stat_t
	if err := unix.Stat(name, &stat); err != nil {
		return "", notADisk(name, fmt.Errorf("it cannot be looked at: %w", err))
	}
	device := stat.Rdev
	switch stat.Mode & unix.S_IFMT {
	case unix.S_IFBLK:
	case unix.S_IFDIR:
		if device = stat.Dev; unix.Major(device) == 0 {
			return "", notADisk(name, errors.New("its file system does not tell which disk it is on, so name that"))
		}
	default:
		return "", notADisk(name, errors.New("it is neither a block device nor a directory"))
	}
	return wholeDisk(name, fmt.Sprintf("%d:%d", unix.Major(device), unix.Minor(device)))
}

func wholeDisk(name, number string) (string, error) {
	dir, err := filepath.EvalSymlinks(filepath.Join(disksByNumber, number))
	if errors.Is(err, fs.ErrNotExist) {
		return "", notADisk(name, fmt.Errorf("the system has no device %s", number))
	}
	if err != nil {
		return "", err
	}
	if exists(dir + "/partition") {
		dir = filepath.Dir(dir)
	}
	whole := words(dir, "dev")
	if len(whole) != 1 {
		return "", notADisk(name, fmt.Errorf("%s does not tell the number of its disk", dir))
	}
	return whole[0], nil
}

func notADisk(name string, why error) error {
	return fmt.Errorf("IORate.Device %q: %w: %w; want a block device, as /dev/sda, a partition or a directory on one", name, kernel.ErrInvalidLimit, why)
}
