package report

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"jobobject"
	"jobobject/internal/kernel"
)

// given is a report on a job that was killed and left something.
func given() *Report {
	r := New([]string{"make", "test"})
	r.Started = time.Date(2024, 2, 29, 12, 0, 0, 250e6, time.FixedZone("", 3600))
	r.WallSeconds = 92.5
	r.HeldBy("cgroup")
	name := "SIGKILL"
	r.Outcome = Outcome{Reason: Timeout, ExitCode: 137, Signal: &name}
	r.Left([]Process{{4711, "sleep 60"}, {4712, "sh -c echo <&\x1b[2J"}})
	r.Used(jobobject.Accounting{
		UserTime:       kernel.Exactly(1234567 * time.Microsecond),
		KernelTime:     kernel.AtLeast(time.Second),
		TotalProcesses: kernel.AtLeast[uint64](3),
		PeakJobMemory:  kernel.Exactly[uint64](64 << 20),
		ReadBytes:      kernel.Exactly[uint64](0),
	})
	r.Limited([]Bound{
		{Name: "memory", Limit: Bytes(64 << 20), Used: Of(kernel.Exactly[uint64](64<<20), Bytes), Unit: "bytes", Struck: &Struck{Terminated: 2}},
		{Name: "processes", Limit: Count(20), Used: Of(kernel.AtLeast[uint64](12), Count)},
		{Name: "job-time", Limit: Time(90 * time.Second), Used: Of(kernel.Exactly(1250*time.Millisecond), Time), Unit: "seconds", EndedTheJob: true},
		{Name: "affinity", Limit: Word("0-1")},
	})
	return r
}

func TestTheJSONFormIsWhatProgramsReadAndTheUnknownIsNull(t *testing.T) {
	const want = `{
  "version": 1,
  "command": [
    "make",
    "test"
  ],
  "mechanism": "cgroup",
  "started": "2024-02-29T12:00:00.25+01:00",
  "wall_seconds": 92.5,
  "outcome": {
    "reason": "timeout",
    "limit": null,
    "exit_code": 137,
    "signal": "SIGKILL"
  },
  "leftover": {
    "count": 2,
    "processes": [
      {
        "pid": 4711,
        "command": "sleep 60"
      },
      {
        "pid": 4712,
        "command": "sh -c echo <&\u001b[2J"
      }
    ]
  },
  "cpu": {
    "user_seconds": 1.234567,
    "system_seconds": null
  },
  "memory": {
    "peak_job_bytes": 67108864,
    "peak_process_bytes": null
  },
  "processes": {
    "total": null,
    "peak": null,
    "terminated": null
  },
  "io": {
    "read_ops": null,
    "write_ops": null,
    "read_bytes": 0,
    "write_bytes": null
  },
  "page_faults": null,
  "limits": [
    {
      "name": "memory",
      "limit": 67108864,
      "used": 67108864,
      "unit": "bytes",
      "struck": {
        "terminated": 2,
        "refused": 0
      },
      "ended_the_job": false
    },
    {
      "name": "processes",
      "limit": 20,
      "used": null,
      "struck": null,
      "ended_the_job": false
    },
    {
      "name": "job-time",
      "limit": 90,
      "used": 1.25,
      "unit": "seconds",
      "struck": null,
      "ended_the_job": true
    },
    {
      "name": "affinity",
      "limit": "0-1",
      "used": null,
      "struck": null,
      "ended_the_job": false
    }
  ]
}
`
	got, err := given().JSON()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestTheTextIsForPeopleAndSaysWhatIsKnown(t *testing.T) {
	const want = `make test: timed out, ended by SIGKILL after 1m33s, exit status 137
user 1.23s, system at least 1s, peak memory 64 MiB, processes at least 3, read 0 B, mechanism cgroup
limits: memory 64 MiB of 64 MiB (2 ended), processes at least 12 of 20, job time 1.25s of 1m30s (ended the job), affinity 0-1
left: 2
  4711 sleep 60
  4712 sh -c echo <&` + "\uFFFD" + `[2J
`
	if diff := cmp.Diff(want, given().Text()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestTheHeadlineSaysHowItEnded(t *testing.T) {
	name := "SIGSEGV"
	for want, outcome := range map[string]Outcome{
		"x: exited after 0s, exit status 3":                          {Reason: Exited, ExitCode: 3},
		"x: ended by SIGSEGV after 0s, exit status 139":              {Reason: Signaled, ExitCode: 139, Signal: &name},
		"x: interrupted, ended after 0s, exit status 0":              {Reason: Interrupted},
		"x: timed out, ended after 0s, exit status 124":              {Reason: Timeout, ExitCode: 124},
		"x: interrupted, ended by SIGSEGV after 0s, exit status 139": {Reason: Interrupted, ExitCode: 139, Signal: &name},
		"x: not started, exit status 127":                            {Reason: StartFailed, ExitCode: 127},
	} {
		r := New([]string{"x"})
		r.Outcome = outcome
		if got := r.headline(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestAReportOnNothingHasAnEmptyListAndNoFigures(t *testing.T) {
	r := New([]string{"x"})
	r.Outcome = Outcome{Reason: StartFailed, ExitCode: 127}
	const want = "x: not started, exit status 127\nnothing was left\n"
	if got := r.Text(); got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if r.Leftover.Processes == nil || r.Limits == nil {
		t.Error("a list would be null")
	}
}
