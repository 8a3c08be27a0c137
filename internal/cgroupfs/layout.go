package cgroupfs

// Layout is how the cgroup hierarchies are mounted.
type Layout string

// The layouts. Hybrid has cgroup v2 and v1 side by side, legacy only v1.
const (
	LayoutUnified Layout = "unified"
	LayoutHybrid  Layout = "hybrid"
	LayoutLegacy  Layout = "legacy"
	LayoutNone    Layout = "none"
)
