package main

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"time"
)

// Go has no supervisors: the idiom is a deferred recover that starts the goroutine again.
func worker(jobs <-chan int, done chan<- int) {
	defer func() {
		if recover() != nil {
			go worker(jobs, done)
		}
	}()
	for job := range jobs {
		done <- job
		panic("crash after each job")
	}
}

func main() {
	n, _ := strconv.Atoi(os.Args[1])
	start := time.Now()
	jobs, done := make(chan int), make(chan int)
	go worker(jobs, done)
	sum := 0
	// From the end of one job, with which its worker crashes, to that of the next one.
	took := make([]int, n)
	before := time.Now()
	for i := range n {
		jobs <- i
		sum += <-done
		now := time.Now()
		took[i] = int(now.Sub(before))
		before = now
	}
	all := time.Since(start).Nanoseconds()
	slices.Sort(took)
	fmt.Printf("%d %d %d p99=%d\n", n, all, sum, took[n*99/100])
}
