package main

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"time"
)

// random gives the next of a fixed sequence of numbers.
func random(state *uint64) int {
	*state = *state*6364136223846793005 + 1442695040888963407
	return int(*state >> 33)
}

func main() {
	n, _ := strconv.Atoi(os.Args[1])
	xs := make([]int, n)
	state := uint64(1)
	for i := range xs {
		xs[i] = random(&state)
	}
	start := time.Now()
	slices.Sort(xs)
	took := time.Since(start).Nanoseconds()
	sum := 0
	for i, x := range xs {
		sum = (sum*31 + x + i) % 1_000_000_007
	}
	fmt.Println(n, took, sum)
}
