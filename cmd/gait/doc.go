// Gait runs state machines in the Amazon States Language on this machine, and looks at them.
package main
