package main

import (
	"fmt"
	"os"
	"strconv"
	"time"
)

func keys(n int) []string {
	keys := make([]string, n)
	for i := range keys {
		keys[i] = "user:" + strconv.Itoa(i*7_368_787%1_000_000_007)
	}
	return keys
}

func main() {
	n, _ := strconv.Atoi(os.Args[1])
	all := keys(2 * n)
	start := time.Now()
	m := map[string]int{}
	for i, key := range all[:n] {
		m[key] += i
	}
	found, sum := 0, 0
	for i := range n {
		if v, ok := m[all[2*i]]; ok {
			found++
			sum += v
		}
	}
	took := time.Since(start).Nanoseconds()
	fmt.Printf("%d %d %d/%d/%d\n", 2*n, took, len(m), found, sum)
}
