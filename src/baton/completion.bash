# bash completion for baton(1): baton itself knows what may follow.
# SPDX-License-Identifier: GPL-2.0-or-later
_baton()
{
	local word=${COMP_WORDS[COMP_CWORD]}
	local before=("${COMP_WORDS[@]:1:COMP_CWORD-1}")
	local IFS=$'\n'

	case $word in
	-*) COMPREPLY=($(compgen -W $'--run-dir\n--json\n--follow\n--last\n--strict\n--dry-run\n--upgrade\n--confirm\n--version\n--help' -- "$word")) ;;
	*) COMPREPLY=($(compgen -W "$(baton complete "${before[@]}" 2>/dev/null)" -- "$word")) ;;
	esac
}
complete -o default -F _baton baton
