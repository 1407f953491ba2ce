package main

import (
	"fmt"
	"os"
	"strconv"
	"time"
)

// key gives different numbers, far apart.
func key(i int) int { return i * 7_368_787 % 1_000_000_007 }

func main() {
	n, _ := strconv.Atoi(os.Args[1])
	start := time.Now()
	m := map[int]int{}
	for i := range n {
		m[key(i)] += i
	}
	found, sum := 0, 0
	for i := range n {
		if v, ok := m[key(2*i)]; ok {
			found++
			sum += v
		}
	}
	took := time.Since(start).Nanoseconds()
	fmt.Printf("%d %d %d/%d/%d\n", 2*n, took, len(m), found, sum)
}
