//go:build race

package birdtest

// RaceDetector tells whether the race detector watches.
const RaceDetector = true
