type Tree@ struct {
	Left, Right *Tree@
	Value int
}

func (t *Tree@) Insert(v int) {
	if v < t.Value {
		if t.Left == nil {
			t.Left = &Tree@{Value: v}
		} else {
			t.Left.Insert(v)
		}
		return
	}
	if t.Right == nil {
		t.Right = &Tree@{Value: v}
	} else {
		t.Right.Insert(v)
	}
}

func (t *Tree@) Depth() int {
	left, right := 0, 0
	if t.Left != nil {
		left = t.Left.Depth()
	}
	if t.Right != nil {
		right = t.Right.Depth()
	}
	return max(left, right) + 1
}

func (t *Tree@) Size() int {
	size := 1
	if t.Left != nil {
		size += t.Left.Size()
	}
	if t.Right != nil {
		size += t.Right.Size()
	}
	return size
}

func useTree@() int {
	t := Tree@{Value: %}
	for i := range % {
		t.Insert(i * % & 31)
	}
	return t.Depth()*100 + t.Size()
}
