autocmd BufNewFile,BufRead *.goo setfiletype goo
