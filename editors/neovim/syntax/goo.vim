" Colours where the tree-sitter grammar is not installed. Words that Goo does not reserve are keywords only where what
" follows them says so.
if exists("b:current_syntax")
  finish
endif

syn keyword gooConditional if else switch case default
syn keyword gooRepeat for range break continue
syn keyword gooStatement return defer fallthrough go select
syn keyword gooDeclaration func type var const struct interface map
syn keyword gooInclude package import
syn keyword gooChannel chan
syn keyword gooBoolean true false
syn keyword gooConstant none iota
syn keyword gooType any bool byte comparable duration error float32 float64 int int8 int16 int32 int64 rune string supervisor uint uint8 uint16 uint32 uint64
syn match gooBuiltin /\<\%(append\|cap\|clear\|close\|copy\|delete\|len\|make\|max\|min\|panic\|print\|println\)\ze(/
syn match gooFunction /\<\h\w*\ze(/ contains=gooBuiltin,gooType

syn match gooWord /\.\@<!\<\%(fail\|yield\|assert\)\ze\s\+[[:alnum:]_"'`!([-]/
syn match gooWord /\.\@<!\<try\ze\s\+\%([[:alnum:]_"'`!({[]\|<-\S\)/
syn match gooWord /\%([])}[:alnum:]_"'`]\s\+\)\@<=recover\ze\s\+\%(\h\w*\s*\)\?{/
syn match gooWord /\%([])}[:alnum:]_]\s\+\)\@<=within\ze\s\+[[:alnum:]_(]/
syn match gooConditional /\.\@<!\<match\ze\s\+[^=:,.)]\+{/
syn match gooDeclaration /\<enum\ze\s*{/
syn match gooStatement /\<supervise\ze\s*\%([({]\|one_for\|rest_for\)/
syn match gooStatement /\%(\<go\s\+\)\@<=parallel\ze\s\+for\>/
syn match gooStatement /\%(\<select\s\+\)\@<=first\ze\s*{/
syn match gooStatement /\%(\<case\s\+\)\@<=after\ze\s\+[[:alnum:]_(]/
syn match gooModifier /\<\%(push\|pull\|pub\|sub\|broadcast\|req\|rep\|pair\|dealer\|router\)\ze\s\+chan\>/
syn match gooModifier /\%()\s\+\)\@<=\%(workers\|after\|start\|shutdown\|restart\|significant\)\>/
syn match gooModifier /@\s*\%(bind\|connect\)\?/
syn match gooConstant /\<\%(one_for_one\|one_for_all\|rest_for_one\|permanent\|transient\|temporary\)\>/
syn match gooDeclaration /^test\ze\s\+["`]/

syn match gooNumber /\<\d[0-9_]*\%(\.\d[0-9_]*\)\?\%([eE][-+]\?\d\+\)\?i\?\>/
syn match gooNumber /\<0[xXoObB][0-9a-fA-F_]\+\>/
syn match gooNumber /\<\%(\d[0-9_]*\%(\.\d\+\)\?\%(ns\|us\|ms\|s\|m\|h\)\)\+\>/
syn match gooOperator /<-\|=>\|??\|:=/

syn match gooEscape /\\\%([abfnrtv\\'"]\|\o\{3}\|x\x\x\|u\x\{4}\|U\x\{8}\)/ contained
syn match gooVerb /%[-+# 0]*\d*\%(\.\d*\)\?[vTtbcdoqxXUeEfFgGspw%]/ contained
syn region gooString start=/"/ skip=/\\./ end=/"\|$/ contains=gooEscape,gooVerb,@Spell
syn region gooString start=/`/ end=/`/ contains=gooVerb,@Spell
syn match gooCharacter /'\%([^\\']\|\\.\{-1,9}\)'/ contains=gooEscape
syn region gooComment start=+//+ end=/$/ contains=gooTodo,@Spell
syn region gooComment start=+/\*+ end=+\*/+ contains=gooTodo,@Spell fold
syn keyword gooTodo TODO FIXME XXX contained
syn region gooBlock start=/{/ end=/}/ transparent fold

hi def link gooConditional Conditional
hi def link gooRepeat Repeat
hi def link gooStatement Statement
hi def link gooWord Exception
hi def link gooDeclaration Structure
hi def link gooInclude Include
hi def link gooChannel Structure
hi def link gooModifier StorageClass
hi def link gooBoolean Boolean
hi def link gooConstant Constant
hi def link gooType Type
hi def link gooBuiltin Special
hi def link gooFunction Function
hi def link gooNumber Number
hi def link gooOperator Operator
hi def link gooString String
hi def link gooEscape SpecialChar
hi def link gooVerb SpecialChar
hi def link gooCharacter Character
hi def link gooComment Comment
hi def link gooTodo Todo

syn sync minlines=200
let b:current_syntax = "goo"
