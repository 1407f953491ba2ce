func grid@(n int) int {
	grid := make([][]int, n)
	for i := range grid {
		grid[i] = make([]int, n)
		for j := range grid[i] {
			grid[i][j] = i ^ j
		}
	}
	t := 0
	for _, row := range grid {
		for _, v := range row {
			t += v
		}
	}
	return t
}

func useGrid@() int {
	return grid@(%)
}
