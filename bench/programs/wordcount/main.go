package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// random gives the next of a fixed sequence of numbers.
func random(state *uint64) int {
	*state = *state*6364136223846793005 + 1442695040888963407
	return int(*state >> 33)
}

// text gives about size bytes in lines of ten words, of which some are frequent and most are rare.
func text(size int) string {
	var b strings.Builder
	state := uint64(1)
	for column := 1; b.Len() < size; column++ {
		r := random(&state) % 30_000
		b.WriteString("w")
		b.WriteString(strconv.Itoa(r * r / 10_000))
		if column%10 == 0 {
			b.WriteString("\n")
		} else {
			b.WriteString(" ")
		}
	}
	return b.String()
}

func main() {
	size, _ := strconv.Atoi(os.Args[1])
	input := text(size)
	start := time.Now()
	counts := map[string]int{}
	for line := range strings.Lines(input) {
		for _, word := range strings.Fields(line) {
			counts[word]++
		}
	}
	total, most := 0, 0
	for _, count := range counts {
		total += count
		most = max(most, count)
	}
	took := time.Since(start).Nanoseconds()
	fmt.Printf("%d %d %d/%d/%d\n", total, took, len(counts), total, most)
}
