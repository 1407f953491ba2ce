" Tabs by brackets, as `goo fmt` lays out; `case` and `default` stand under their `switch` or `select`.
if exists("b:did_indent")
  finish
endif
let b:did_indent = 1

setlocal indentexpr=GooIndent(v:lnum)
setlocal indentkeys=0{,0},0),0],!^F,o,O,e,=case,=default:
let b:undo_indent = "setl inde< indk<"

if exists("*GooIndent")
  finish
endif

" A line without strings, runes and comments.
function! s:code(lnum)
  let line = substitute(getline(a:lnum), '"\%(\\.\|[^"\\]\)*"\|`[^`]*`\|''\%(\\.\|[^''\\]\)''', '_', 'g')
  return substitute(line, '//.*$\|/\*.\{-}\*/', '', 'g')
endfunction

" The line of the brace that is open before a line.
function! s:open(lnum)
  let depth = 0
  let lnum = a:lnum - 1
  while lnum > 0 && lnum > a:lnum - 2000
    let code = s:code(lnum)
    for at in range(len(code) - 1, 0, -1)
      if code[at] ==# '}'
        let depth += 1
      elseif code[at] ==# '{'
        if depth == 0
          return lnum
        endif
        let depth -= 1
      endif
    endfor
    let lnum -= 1
  endwhile
  return 0
endfunction

function! GooIndent(lnum)
  let prev = prevnonblank(a:lnum - 1)
  if prev == 0
    return 0
  endif
  let before = s:code(prev)
  let here = s:code(a:lnum)
  let level = indent(prev)
  if before =~# '[{(\[]\s*$' || before =~# '^\s*\%(case\>.*\|default\s*\):\s*$'
    let level += shiftwidth()
  endif
  if here =~# '^\s*[})\]]'
    let level -= shiftwidth()
    " The brace of a `switch` stands one further out than what is in its last case.
    let open = s:open(a:lnum)
    if here =~# '^\s*}' && open > 0
      return indent(open)
    endif
  elseif here =~# '^\s*\%(case\>\|default\s*:\)'
    let open = s:open(a:lnum)
    return open > 0 ? indent(open) : level - shiftwidth()
  endif
  return level
endfunction
