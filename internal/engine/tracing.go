package engine

import "jobobject/internal/kernel"

// Associate is not there yet.
func (h *handle) Associate(kernel.Receiver, any) error { return kernel.ErrNotSupported }

// Dissociate is not there yet.
func (h *handle) Dissociate() error { return kernel.ErrNotSupported }

// Events is not there yet.
func (h *handle) Events() (kernel.Events, error) { return nil, kernel.ErrNotSupported }
