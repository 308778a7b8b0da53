# TAB completion of r1 for fish: r1 completion fish | source, or ~/.config/fish/completions/r1.fish

function __r1_ask
    set -l words (commandline -opc)
    set -l program (command -s -- $words[1])
    test -n "$program"; or return
    # The r1 that printed this is asked without its start-up (half of the time); any other one in its own way.
    if test "$program" = @PROGRAM@ -a -x @PYTHON@ -a -d @HOME@/r1cli/terminal/completion
        @PYTHON@ @QUICKLY@ @HOME@ fish (commandline -cp | string collect) 2>/dev/null
    else
        $program _complete fish (commandline -cp | string collect) 2>/dev/null
    end
end

# fish puts a blank after a word unless it ends in one of / = @ : . , as all unfinished names do.
complete -c r1 -f -a '(__r1_ask)'
