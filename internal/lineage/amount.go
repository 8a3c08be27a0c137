package lineage

import (
	"cmp"

	"jobobject"
)

// amount is a figure that can be calculated with: known, if only as a lower bound,
// or not at all.
type amount[T cmp.Ordered] struct {
	value T
	known bool
	exact bool
}

func amountOf[T cmp.Ordered](f jobobject.Figure[T]) amount[T] {
	value, known := f.LowerBound()
	_, exact := f.Get()
	return amount[T]{value, known, exact}
}

// sum is a lower bound where a part of it is not known.
func sum[T cmp.Ordered](a, b amount[T]) amount[T] {
	return amount[T]{a.value + b.value, a.known || b.known, a.exact && b.exact}
}

// most is the larger one, and a lower bound where that may not be it.
func most[T cmp.Ordered](a, b amount[T]) amount[T] {
	return amount[T]{max(a.value, b.value), a.known || b.known, a.exact && b.exact}
}

// show writes it for people.
func (a amount[T]) show(in func(T) string) string {
	switch {
	case !a.known:
		return "?"
	case !a.exact:
		return "≥" + in(a.value)
	}
	return in(a.value)
}
