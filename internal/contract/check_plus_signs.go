package contract

import "strings"

func plusIn(name string) string { return "+ in " + name }

func plusSubjects() (subjects []string) {
	for _, name := range numberNames {
		subjects = append(subjects, plusIn(name))
	}
	return subjects
}

// checkPlusSigns asks for a number of the window as its calls do not have it: with
// a + or without.
var checkPlusSigns = check{
	subjects: plusSubjects(),
	needs:    needsWindow,
	run: func(r *run) error {
		for _, name := range numberNames {
			subject := plusIn(name)
			value, has := r.filterValue(name)
			if !has || strings.Trim(value, "+0123456789") != "" {
				r.found(subject, notKnown, "no number distinguishes the calls of the window")
				continue
			}
			toggled := "+" + value
			if strings.HasPrefix(value, "+") {
				toggled = withoutPlus(value)
			}
			calls, err := r.readWindow(r.start, r.end, name, toggled)
			if err != nil {
				return err
			}
			found := matching(calls, func(c *call) bool {
				have := textAt(c.fields, name)
				return have != toggled && withoutPlus(have) == withoutPlus(value)
			})
			if len(found) > 0 {
				r.found(subject, "makes no difference", "%d calls that have it otherwise", len(found))
			} else {
				r.found(subject, "must be as in the call", "no calls otherwise")
			}
		}
		return nil
	},
}
