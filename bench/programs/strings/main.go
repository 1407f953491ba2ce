package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

func table(n int) string {
	var b strings.Builder
	for i := range n {
		name := "user-" + strconv.Itoa(i) + "@example.com"
		b.WriteString(name)
		b.WriteString(", ")
		b.WriteString(strconv.Itoa(len(name)))
		b.WriteString("\n")
	}
	return b.String()
}

func main() {
	n, _ := strconv.Atoi(os.Args[1])
	start := time.Now()
	text := table(n)
	took := time.Since(start).Nanoseconds()
	sum := 0
	for i := range len(text) {
		sum = (sum*31 + int(text[i])) % 1_000_000_007
	}
	fmt.Printf("%d %d %d/%d\n", n, took, len(text), sum)
}
