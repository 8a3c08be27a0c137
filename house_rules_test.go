package jobobject_test

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// limitRules are how many rules there are about limits and what they count.
var limitRules = map[string]int{"LIM": 64, "EOJ": 7, "NLM": 13, "VIO": 5, "CPU": 15, "IOR": 7, "ACC": 18}

func TestEveryRuleAboutLimitsHasATestOrIsToldToBeOtherwise(t *testing.T) {
	documented, err := os.ReadFile("docs/rules.md")
	if err != nil {
		t.Fatal(err)
	}
	list, err := exec.Command("git", "ls-files", "*_test.go").Output()
	if err != nil {
		t.Skip("this is no checkout: ", err)
	}
	tested := map[string]bool{}
	number := regexp.MustCompile(`([A-Z]{3})-?([0-9]{2})`)
	for _, path := range strings.Fields(string(list)) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range number.FindAllStringSubmatch(string(text), -1) {
			tested[match[1]+"-"+match[2]] = true
		}
	}
	for family, last := range limitRules {
		for n := 1; n <= last; n++ {
			rule := fmt.Sprintf("%s-%02d", family, n)
			if !tested[rule] && !strings.Contains(string(documented), rule) {
				t.Errorf("%s has no test, and docs/rules.md does not say why", rule)
			}
		}
	}
}
