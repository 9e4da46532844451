//go:build unix

package provider_test

import (
	"errors"
	"os/exec"
	"syscall"
)

// startGroup starts a command in a process group of its own, which a terminal
// would give it.
func startGroup(cmd *exec.Cmd) error {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return cmd.Start()
}

// interruptGroup does to a command and all that it started what Ctrl-C does.
func interruptGroup(cmd *exec.Cmd) error {
	return syscall.Kill(-cmd.Process.Pid, syscall.SIGINT)
}

func killGroup(cmd *exec.Cmd) {
	_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
}

// groupEnded reports whether no process of the group is left.
func groupEnded(cmd *exec.Cmd) bool {
	return errors.Is(syscall.Kill(-cmd.Process.Pid, 0), syscall.ESRCH)
}
