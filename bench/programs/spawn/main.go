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
	var sum atomic.Int64
	var running sync.WaitGroup
	for i := range n {
		running.Go(func() { sum.Add(int64(i)) })
	}
	running.Wait()
	fmt.Println(n, time.Since(start).Nanoseconds(), sum.Load())
}
