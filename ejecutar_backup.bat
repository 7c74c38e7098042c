@echo off
rem Starts Rexus Backups: without arguments its window, with arguments one command.
rem The first start makes the environment beside this file; later ones only look whether it is current.
rem No accents in here: the console's code page is not known.
setlocal EnableExtensions DisableDelayedExpansion
set "HERE=%~dp0"
set "VENV=%~dp0.venv"
set "VENV_PYTHON=%~dp0.venv\Scripts\python.exe"

if not exist "%VENV_PYTHON%" goto prepare
fc "%HERE%requirements.lock" "%VENV%\installed-run.lock" >nul 2>nul
if errorlevel 1 goto prepare

:start
if "%~1"=="" goto window
"%VENV_PYTHON%" "%HERE%main_backup.py" %*
set "CODE=%ERRORLEVEL%"
goto leave

:window
rem Without a console; what goes wrong is told in the window.
start "" "%VENV%\Scripts\pythonw.exe" "%HERE%main_backup.py"
exit /b 0

:prepare
set "TEST=import ensurepip, sqlite3, sys, venv; sys.exit(sys.version_info < (3, 11))"
set "PYTHON=py -3"
%PYTHON% -c "%TEST%" >nul 2>nul
if not errorlevel 1 goto found
set "PYTHON=python"
%PYTHON% -c "%TEST%" >nul 2>nul
if not errorlevel 1 goto found
echo Hace falta Python 3.11 o posterior y no se ha encontrado. No se ha tocado nada. 1>&2
echo Instale Python desde Microsoft Store o python.org, con la casilla "Add python.exe to PATH", y vuelva a empezar. 1>&2
set "CODE=3"
goto leave

:found
echo Preparando el entorno (solo la primera vez)... 1>&2
"%VENV_PYTHON%" -m pip --version >nul 2>nul
if not errorlevel 1 goto install
%PYTHON% -m venv --clear "%VENV%" 1>&2
if errorlevel 1 goto broken

:install
"%VENV_PYTHON%" -m pip install -q --disable-pip-version-check --require-hashes -r "%HERE%requirements.lock" 1>&2
if errorlevel 1 goto broken
copy /y "%HERE%requirements.lock" "%VENV%\installed-run.lock" >nul
if errorlevel 1 goto broken
goto start

:broken
echo No se pudo preparar el entorno en "%VENV%". No se ha tocado ningun dato. 1>&2
echo Revise la red y los permisos de esa carpeta, y vuelva a empezar. 1>&2
set "CODE=3"

:leave
rem A double click leaves the name of this file in the command line of its console, and no arguments.
if not "%~1"=="" goto done
setlocal EnableDelayedExpansion
set "LINE=!CMDCMDLINE:"=!"
if not defined LINE goto done
if not "!LINE:%~nx0=!"=="!LINE!" pause
endlocal

:done
exit /b %CODE%
