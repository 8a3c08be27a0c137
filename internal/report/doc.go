// Package report says how a job went: as one JSON object for programs, and in a
// few lines for people.
//
// It promises the form of the object, which is a contract, that what cannot be
// known is null there and left out for people, and that a file either has the
// whole report or is what it was before, as far as the place allows that. It must
// not know how a job is run.
package report
