package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"sync"
	"time"
)

const branches = 100

func leaf(ctx context.Context, up chan<- int) {
	up <- 1
	<-ctx.Done()
}

// together starts children and waits for them.
func together(children int, child func()) {
	var running sync.WaitGroup
	for range children {
		running.Go(child)
	}
	running.Wait()
}

func root(ctx context.Context, leaves int, up chan<- int, stopped chan<- bool) {
	together(branches, func() {
		together(leaves, func() { leaf(ctx, up) })
	})
	close(stopped)
}

// startAndStop gives how many leaves there were.
func startAndStop(leaves int) int {
	up, stopped := make(chan int, 1024), make(chan bool)
	ctx, cancel := context.WithCancel(context.Background())
	go root(ctx, leaves, up, stopped)
	sum := 0
	for range leaves * branches {
		sum += <-up
	}
	cancel()
	<-stopped
	return sum
}

func main() {
	n, _ := strconv.Atoi(os.Args[1])
	start := time.Now()
	sum := 0
	for range 10 {
		sum += startAndStop(n / branches)
	}
	fmt.Println(sum, time.Since(start).Nanoseconds(), sum)
}
