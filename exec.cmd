@rem Scripts of package.json begin with exec, so that signals reach the program; the shell of Windows has none and runs what follows.
@%*
