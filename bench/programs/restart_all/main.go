package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"sync"
	"time"
)

const rounds = 10

// Each worker says that it is there, and crashes with the first job.
func worker(ctx context.Context, up chan<- int, jobs <-chan int) {
	up <- 1
	select {
	case <-jobs:
		panic("crash with each job")
	case <-ctx.Done():
	}
}

// Go has no supervisors: the idiom is a recover that stops the others by their context, and starts all again.
func supervise(n int, up chan<- int, jobs <-chan int) {
	for {
		ctx, cancel := context.WithCancel(context.Background())
		var running sync.WaitGroup
		for range n {
			running.Go(func() {
				defer func() {
					if recover() != nil {
						cancel()
					}
				}()
				worker(ctx, up, jobs)
			})
		}
		running.Wait()
		cancel()
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
	up, jobs := make(chan int, 1024), make(chan int)
	go supervise(n, up, jobs)
	receive(n, up)
	start := time.Now()
	sum := 0
	for i := range rounds {
		jobs <- i
		sum += receive(n, up)
	}
	fmt.Println(rounds*n, time.Since(start).Nanoseconds(), sum)
}
