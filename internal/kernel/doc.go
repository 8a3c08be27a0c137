// Package kernel is the line between the package that users import and what
// holds their jobs: the part that the NT kernel plays on Windows.
//
// It has the interfaces (Kernel, Job, Process), the values that cross them and
// the sentinel errors, and no behaviour of its own beyond them. Everything that
// implements a Kernel (the engine in this process, later a daemon or Windows
// itself) speaks these words, and package jobobject is written against them
// alone. It must not know any implementation, nor import anything of the module.
package kernel
