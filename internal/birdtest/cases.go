package birdtest

// Cases returns how many random cases a test tries: n, or a fifth of n with the race
// detector, which takes several times as long for each and sees no more in many of
// one kind.
func Cases(n int) int {
	if RaceDetector {
		return n / 5
	}
	return n
}
