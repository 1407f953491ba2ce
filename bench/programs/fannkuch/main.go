package main

import (
	"fmt"
	"os"
	"strconv"
	"time"
)

// fannkuch gives a checksum, the most flips, and how many permutations there are.
func fannkuch(n int) (int, int, int) {
	perm, first, count := make([]int, n), make([]int, n), make([]int, n)
	for i := range n {
		first[i] = i
	}
	checksum, most, permutations := 0, 0, 0
	r := n
	for {
		for r != 1 {
			count[r-1] = r
			r--
		}
		copy(perm, first)
		flips := 0
		for k := perm[0]; k != 0; k = perm[0] {
			for i, j := 0, k; i < j; i, j = i+1, j-1 {
				perm[i], perm[j] = perm[j], perm[i]
			}
			flips++
		}
		most = max(most, flips)
		if permutations%2 == 0 {
			checksum += flips
		} else {
			checksum -= flips
		}
		permutations++
		for {
			if r == n {
				return checksum, most, permutations
			}
			head := first[0]
			for i := range r {
				first[i] = first[i+1]
			}
			first[r] = head
			count[r]--
			if count[r] > 0 {
				break
			}
			r++
		}
	}
}

func main() {
	n, _ := strconv.Atoi(os.Args[1])
	start := time.Now()
	checksum, most, permutations := fannkuch(n)
	took := time.Since(start).Nanoseconds()
	fmt.Printf("%d %d %d/%d\n", permutations, took, checksum, most)
}
