package main

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"time"
)

// Each sleeps for less than a second, as long as its number says, and tells by how much it was late.
func sleeper(i int, late chan<- int) {
	d := time.Duration(i*7_368_787%1_000_000) * time.Microsecond
	start := time.Now()
	time.Sleep(d)
	late <- int(time.Since(start) - d)
}

func start(n int, late chan<- int) {
	for i := range n {
		go sleeper(i, late)
	}
}

func main() {
	n, _ := strconv.Atoi(os.Args[1])
	begin := time.Now()
	late := make(chan int, 1024)
	go start(n, late)
	all := make([]int, n)
	for i := range n {
		all[i] = <-late
	}
	took := time.Since(begin).Nanoseconds()
	slices.Sort(all)
	fmt.Printf("%d %d %d p99=%d\n", n, took, len(all), all[n*99/100])
}
