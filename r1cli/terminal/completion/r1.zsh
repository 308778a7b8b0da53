#compdef r1
# TAB completion of r1 for zsh: eval "$(r1 completion zsh)", or a file _r1 in a folder of $fpath

_r1_ask() {
    local program=${commands[r1]:-}
    [[ $1 == */* ]] && program=${~1}
    [[ -n $program ]] || return
    # The r1 that printed this is asked without its start-up (half of the time); any other one in its own way.
    if [[ $program -ef @PROGRAM@ && -x @PYTHON@ && -d @HOME@/r1cli/terminal/completion ]]; then
        @PYTHON@ @QUICKLY@ @HOME@ "${@:2}" 2>/dev/null
    else
        "$program" _complete "${@:2}" 2>/dev/null
    fi
}

_r1() {
    local candidate
    local -a finished more
    # The first character says whether a blank follows.
    for candidate in ${(f)"$(_r1_ask $words[1] zsh "${(j: :)words[1,CURRENT-1]} $QIPREFIX$PREFIX")"}; do
        if [[ $candidate == ' '* ]]; then finished+=(${candidate[2,-1]}); else more+=(${candidate[2,-1]}); fi
    done
    (( $#finished )) && _describe -t finished r1 finished
    (( $#more )) && _describe -t more r1 more -S ''
    (( $#finished + $#more ))
}

# Sourced, it is registered here; as a file in $fpath, compinit has done that, and TAB calls the file itself.
if [[ $funcstack[1] == _r1 ]]; then _r1 "$@"; else compdef _r1 r1; fi
