package main

import (
	"fmt"
	"os"
	"strconv"
	"time"
)

type code int

const (
	push code = iota
	load
	store
	add
	mul
	less
	jumpIf
	halt
)

type op struct {
	code code
	arg  int
}

// run gives how many instructions it ran, and the last local variable.
func run(program []op, n int) (int, int) {
	locals := []int{n, 0, 0}
	stack := make([]int, 16)
	top, pc, steps := 0, 0, 0
	for {
		steps++
		op := program[pc]
		pc++
		switch op.code {
		case push:
			stack[top] = op.arg
			top++
		case load:
			stack[top] = locals[op.arg]
			top++
		case store:
			top--
			locals[op.arg] = stack[top]
		case add:
			top--
			stack[top-1] += stack[top]
		case mul:
			top--
			stack[top-1] *= stack[top]
		case less:
			top--
			if stack[top-1] < stack[top] {
				stack[top-1] = 1
			} else {
				stack[top-1] = 0
			}
		case jumpIf:
			top--
			if stack[top] != 0 {
				pc = op.arg
			}
		case halt:
			return steps, locals[2]
		}
	}
}

// loop sums the squares of the numbers below the first local variable.
func loop() []op {
	return []op{
		{load, 2}, {load, 1}, {load, 1}, {mul, 0}, {add, 0}, {store, 2},
		{load, 1}, {push, 1}, {add, 0}, {store, 1},
		{load, 1}, {load, 0}, {less, 0}, {jumpIf, 0},
		{halt, 0},
	}
}

func main() {
	n, _ := strconv.Atoi(os.Args[1])
	start := time.Now()
	steps, sum := run(loop(), n)
	fmt.Println(steps, time.Since(start).Nanoseconds(), sum)
}
