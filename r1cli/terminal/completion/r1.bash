# TAB completion of r1 for bash: eval "$(r1 completion bash)"

_r1_ask() {
    local program
    program=$(type -P -- "$1") || return
    # The r1 that printed this is asked without its start-up (half of the time); any other one in its own way.
    if [[ $program -ef @PROGRAM@ && -x @PYTHON@ && -d @HOME@/r1cli/terminal/completion ]]; then
        @PYTHON@ @QUICKLY@ @HOME@ "${@:2}" 2>/dev/null
    else
        "$program" _complete "${@:2}" 2>/dev/null
    fi
}

_r1() {
    local candidate
    COMPREPLY=()
    while IFS= read -r candidate; do
        COMPREPLY+=("$candidate")
    done < <(_r1_ask "$1" bash "${COMP_LINE:0:COMP_POINT}" "$COMP_WORDBREAKS")
}

# A candidate brings its own blank where it is finished.
complete -o nospace -F _r1 r1
