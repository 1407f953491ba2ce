" `:make` finds mistakes; `:make` with `goo test` in 'makeprg' finds failed tests.
if exists("current_compiler")
  finish
endif
let current_compiler = "goo"

CompilerSet makeprg=goo\ check\ %:p:h:S
CompilerSet errorformat=%Eerror[%.%#]:\ %m,%Wwarning[%.%#]:\ %m,%Ecrash:\ %m,%C%\\s%#╭─[\ %f:%l:%c\ ],%Z%\\s%#at\ %f:%l:%c,%-G%.%#
