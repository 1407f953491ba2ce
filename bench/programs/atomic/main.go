package main

import (
	"fmt"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

func main() {
	n, _ := strconv.Atoi(os.Args[1])
	start := time.Now()
	var value atomic.Int64
	var running sync.WaitGroup
	for range 8 {
		running.Go(func() {
			for range n / 8 {
				value.Add(1)
			}
		})
	}
	running.Wait()
	fmt.Println(n/8*8, time.Since(start).Nanoseconds(), value.Load())
}
