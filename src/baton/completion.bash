# bash completion for baton(1): baton itself knows what may follow.
# SPDX-License-Identifier: GPL-2.0-or-later
_baton()
{
	local word=${COMP_WORDS[COMP_CWORD]}
	local before=("${COMP_WORDS[@]:1:COMP_CWORD-1}")
	local cur words cword IFS=$'\n'

	# A colon is part of a name: of an address and its port.
	if declare -F _get_comp_words_by_ref >/dev/null; then
		IFS=$' \t\n' _get_comp_words_by_ref -n : cur words cword
		word=$cur
		before=("${words[@]:1:cword-1}")
	fi
	case $word in
	-*) COMPREPLY=($(compgen -W $'--run-dir\n--json\n--follow\n--last\n--strict\n--dry-run\n--upgrade\n--confirm\n--version\n--help' -- "$word")) ;;
	*) COMPREPLY=($(compgen -W "$(baton complete "${before[@]}" 2>/dev/null)" -- "$word")) ;;
	esac
	declare -F __ltrim_colon_completions >/dev/null &&
		__ltrim_colon_completions "$word"
}
complete -o default -F _baton baton
