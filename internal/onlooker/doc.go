// Package onlooker tells what happens in a job that another process has made, from
// outside and without a handle to it.
//
// It promises a stream like that of a job of one's own: begin first, then the
// members there are, then what happens, and its end with the group's. What it
// cannot know is what the owner alone decides: freeze, thaw and terminate. What a
// reader is too slow for is counted, and not made good. It must not know how
// groups are made nor how they are traced, and changes nothing.
package onlooker
