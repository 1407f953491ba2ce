package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// resident gives how many bytes of memory the process has now.
func resident() int {
	data, _ := os.ReadFile("/proc/self/statm")
	pages, _ := strconv.Atoi(strings.Fields(string(data))[1])
	return pages * 4096
}

func wait(ready chan<- int, in <-chan int, out chan<- int) {
	ready <- 1
	out <- <-in
}

func start(n int, ready chan<- int, in <-chan int, out chan<- int) {
	for range n {
		go wait(ready, in, out)
	}
}

func feed(n int, in chan<- int) {
	for i := range n {
		in <- i
	}
}

func receive(n int, ch <-chan int) int {
	sum := 0
	for range n {
		sum += <-ch
	}
	return sum
}

func main() {
	n, _ := strconv.Atoi(os.Args[1])
	before := resident()
	begin := time.Now()
	ready, in, out := make(chan int, 1024), make(chan int), make(chan int, 1024)
	go start(n, ready, in, out)
	receive(n, ready)
	each := (resident() - before) / n
	go feed(n, in)
	sum := receive(n, out)
	fmt.Printf("%d %d %d bytes=%d\n", n, time.Since(begin).Nanoseconds(), sum, each)
}
