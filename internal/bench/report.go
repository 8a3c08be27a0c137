package bench

import "time"

// Report is all that a run has found out; -json writes it as it is here.
type Report struct {
	Version int       `json:"version"`
	Started time.Time `json:"started"`
	Host    Host      `json:"host"`
	Gap     float64   `json:"idle_gap_seconds"`
	Launch  []Launch  `json:"launch"`
	Kill    []Kill    `json:"kill"`
	Memory  *Memory   `json:"memory"`
	Idle    []Idle    `json:"idle"`
	Queries *Queries  `json:"accounting"`
	Places  []Place   `json:"places"`
	Targets []Target  `json:"targets"`
	Skipped []Skipped `json:"skipped"`
}

// Host is where the figures come from. Only ratios travel.
type Host struct {
	Kernel string `json:"kernel"`
	CPUs   int    `json:"cpus"`
	Arch   string `json:"arch"`
	Go     string `json:"go"`
	Layout string `json:"cgroup_layout"`
	Fence  string `json:"process_limit"`
}

// Timing is a sample in short.
type Timing struct {
	Rounds int     `json:"rounds"`
	Median float64 `json:"median_seconds"`
	P90    float64 `json:"p90_seconds"`
}

func timing(s Sample) Timing {
	return Timing{Rounds: len(s), Median: s.Median().Seconds(), P90: s.Quantile(0.9).Seconds()}
}

// Launch is what it costs to run `true` in one way.
type Launch struct {
	Name string `json:"name"`
	Timing
	Ratio float64 `json:"ratio_to_plain_exec"`
}

// Kill is what it costs to end a tree of that many processes, until it is proven
// that all of them are dead.
type Kill struct {
	Processes int     `json:"processes"`
	Raw       Timing  `json:"raw_cgroup_kill"`
	Terminate Timing  `json:"terminate"`
	Ratio     float64 `json:"ratio_to_raw"`
}

// Memory is what `job run sleep` keeps in memory meanwhile: medians, in bytes.
type Memory struct {
	Rounds int       `json:"rounds"`
	Owner  Footprint `json:"owner"`
	Guard  Footprint `json:"guard"`
}

// Idle is what it costs to watch so many jobs with a member each that does nothing,
// as parts of one processor: by the library, and by a look at a file of each of them
// ten times a second.
type Idle struct {
	Name    string  `json:"name"`
	Jobs    int     `json:"jobs"`
	Share   float64 `json:"share"`
	Polling float64 `json:"polling_share"`
}

// Queries is what it costs to ask for the accounting of a job with that many members,
// and to read as much from their files in /proc.
type Queries struct {
	Processes int     `json:"processes"`
	Traced    Timing  `json:"traced"`
	Plain     Timing  `json:"not_traced"`
	Proc      Timing  `json:"files_in_proc"`
	Ratio     float64 `json:"traced_to_files"`
}

// Place is what something costs where jobs are kept together by that mechanism. Of
// watching that is processor time.
type Place struct {
	What      string `json:"what"`
	Mechanism string `json:"mechanism"`
	Timing
	ToPlain  float64 `json:"ratio_to_plain_exec,omitempty"` // of a launch
	ToCgroup float64 `json:"ratio_to_cgroup"`
}

// Footprint is the resident memory of one process. Pss counts pages that are
// shared with others, such as those of the binary, by part.
type Footprint struct {
	RSS int64 `json:"rss_bytes"`
	PSS int64 `json:"pss_bytes"`
}

// Skipped is what this host could not be asked, and why.
type Skipped struct {
	Name string `json:"name"`
	Why  string `json:"why"`
}
