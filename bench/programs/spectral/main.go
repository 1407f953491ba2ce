package main

import (
	"fmt"
	"math"
	"os"
	"strconv"
	"time"
)

func element(i, j int) float64 { return 1 / float64((i+j)*(i+j+1)/2+i+1) }

func times(v []float64, out []float64) {
	for i := range v {
		sum := 0.0
		for j, x := range v {
			sum += element(i, j) * x
		}
		out[i] = sum
	}
}

func timesTransposed(v []float64, out []float64) {
	for i := range v {
		sum := 0.0
		for j, x := range v {
			sum += element(j, i) * x
		}
		out[i] = sum
	}
}

func norm(n int) float64 {
	u, v, w := make([]float64, n), make([]float64, n), make([]float64, n)
	for i := range u {
		u[i] = 1
	}
	for range 10 {
		times(u, w)
		timesTransposed(w, v)
		times(v, w)
		timesTransposed(w, u)
	}
	uv, vv := 0.0, 0.0
	for i := range n {
		uv += u[i] * v[i]
		vv += v[i] * v[i]
	}
	return math.Sqrt(uv / vv)
}

func main() {
	n, _ := strconv.Atoi(os.Args[1])
	start := time.Now()
	result := norm(n)
	took := time.Since(start).Nanoseconds()
	fmt.Printf("%d %d %.9f\n", 40*n*n, took, result)
}
