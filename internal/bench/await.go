package bench

import (
	"context"
	"fmt"
	"time"
)

// await looks again and again for what cannot be waited for in another way.
func await(ctx context.Context, within time.Duration, what string, there func() bool) error {
	ctx, cancel := context.WithTimeoutCause(ctx, within, fmt.Errorf("not within %v: %s", within, what))
	defer cancel()
	again := time.NewTicker(2 * time.Millisecond)
	defer again.Stop()
	for !there() {
		select {
		case <-again.C:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}
