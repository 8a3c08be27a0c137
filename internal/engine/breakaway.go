package engine

import (
	"errors"

	"jobobject/internal/kernel"
)

// canLetGo refuses to let members break away where a process stays where it was born
// (LIM-59, LIM-60).
func (e *Engine) canLetGo(l kernel.Limits) error {
	flag := "BreakawayOK"
	switch {
	case l.SilentBreakawayOK:
		flag = "SilentBreakawayOK"
	case !l.BreakawayOK:
		return nil
	}
	err := e.groups.CanMove()
	var unsupported *kernel.NotSupportedError
	if !errors.As(err, &unsupported) {
		return err
	}
	refused := *unsupported
	refused.Feature = flag
	return &refused
}
