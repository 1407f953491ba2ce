package main

import (
	"fmt"
	"os"
	"strconv"
	"time"
)

type tree struct {
	left, right *tree
}

func bottomUp(depth int) *tree {
	if depth == 0 {
		return &tree{}
	}
	return &tree{bottomUp(depth - 1), bottomUp(depth - 1)}
}

func check(t *tree) int {
	if t == nil {
		return 0
	}
	return 1 + check(t.left) + check(t.right)
}

func main() {
	depth, _ := strconv.Atoi(os.Args[1])
	start := time.Now()
	long := bottomUp(depth)
	nodes, sum := 2<<depth-1, 0
	for d := 4; d <= depth; d += 4 {
		trees := 1 << (depth - d + 4)
		for range trees {
			sum += check(bottomUp(d))
		}
		nodes += trees * (2<<d - 1)
	}
	sum += check(long)
	fmt.Println(nodes, time.Since(start).Nanoseconds(), sum)
}
