package main

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// As execvp(3): what cannot be executed does not hide what can.
func TestAProgramIsLookedForAsTheCLibraryDoes(t *testing.T) {
	dir := t.TempDir()
	for name, mode := range map[string]os.FileMode{
		"first/tool": 0o644, "second/tool": 0o755, "first/text": 0o644, "second/other": 0o755, "here": 0o755,
	} {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, nil, mode)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(dir+"/first/folder", 0o755); err != nil {
		t.Fatal(err)
	}
	t.Chdir(dir)
	first, second := dir+"/first", dir+"/second"

	for name, c := range map[string]struct {
		path, command string
		want          string
		status        int
	}{
		"in the first place":                   {second, "tool", second + "/tool", 0},
		"in a later place":                     {first + ":" + second, "other", second + "/other", 0},
		"in a later place, not executable in":  {first + ":" + second, "tool", second + "/tool", 0},
		"here, where PATH has an empty place":  {first + "::" + second, "here", "./here", 0},
		"with a slash, PATH does not matter":   {first, "second/tool", "second/tool", 0},
		"nowhere":                              {first + ":" + second, "nothing", "", 127},
		"nowhere, and PATH has what is no dir": {dir + "/here:" + dir + "/missing", "tool", "", 127},
		"only not executable":                  {first, "text", "", 126},
		"only a directory":                     {first, "folder", "", 126},
		"a directory with a slash":             {first, "first/folder", "", 126},
		"a missing file with a slash":          {first, "first/missing", "", 127},
		"below a file":                         {first, "here/tool", "", 127},
		"an empty name":                        {first, "", "", 127},
		"a name with a NUL":                    {first, "to\x00ol", "", 126},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("PATH", c.path)
			got, err := findProgram(c.command)
			if c.status != 0 {
				if status := statusOf(err); err == nil || status != c.status {
					t.Fatalf("found %q with error %v and status %d, want status %d", got, err, status, c.status)
				}
				return
			}
			if err != nil || got != c.want {
				t.Errorf("found %q (%v), want %q", got, err, c.want)
			}
		})
	}
}
