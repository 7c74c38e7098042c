"""What each kind of sqlcmd says of itself; shortened, but for the lines that tell them apart."""

from __future__ import annotations

GO_VERSION = """sqlcmd: Install/Create/Query SQL Server, Azure SQL, and Tools

Version: 1.9.0

Legal docs and information: aka.ms/SqlcmdLegal
Third party notices: aka.ms/SqlcmdNotices
"""
GO_HELP = """sqlcmd: Install/Create/Query SQL Server, Azure SQL, and Tools

Version: 1.9.0

Flags:
-b,--exit-on-error
   Specifies that sqlcmd exits and returns a DOS ERRORLEVEL value
   when an error occurs

-C,--trust-server-certificate
   Implicitly trust the server certificate without validation

-?,--help
   -? shows this syntax summary, --help shows modern sqlcmd
   sub-command help

   --version
   Print version information and exit
"""
ODBC_HELP = """Microsoft (R) SQL Server Command Line Tool
Version {version}
Copyright (C) {year} Microsoft Corporation. All rights reserved.

usage: sqlcmd            [-U login id]          [-P password]
  [-S server or Dsn if -D is provided]
  [-H hostname]          [-E trusted connection]
  {encryption}[-C Trust Server Certificate]
  [-d use database name] [-l login timeout]     [-t query timeout]
  [-h headers]           [-s colseparator]      [-w screen width]
  [-a packetsize]        [-e echo input]        [-I Enable Quoted Identifiers]
  [-c cmdend]
  [-q "cmdline query"]   [-Q "cmdline query" and exit]
  [-m errorlevel]        [-V severitylevel]     [-W remove trailing spaces]
  [-u unicode output]    [-r[0|1] msgs to stderr]
  [-i inputfile]         [-o outputfile]
  [-k[1|2] remove[replace] control characters]
  [-y variable length type display width]
  [-Y fixed length type display width]
  [-p[1] print statistics[colon format]]
  [-R use client regional setting]
  [-K application intent]
  [-M multisubnet failover]
  [-b On error batch abort]
  [-D Dsn flag, indicate -S is Dsn]
  [-X[1] disable commands, startup script, environment variables [and exit]]
  [-x disable variable substitution]
  [-g enable column encryption]
  [-G use Azure Active Directory for authentication]
  [-? show syntax summary]
"""
