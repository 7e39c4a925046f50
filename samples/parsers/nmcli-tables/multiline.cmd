nmcli --mode multiline con show
