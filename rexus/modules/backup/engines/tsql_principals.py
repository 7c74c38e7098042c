"""The T-SQL that asks who may enter a server and what else a lost one needs. Pure; changes nothing.

Columns have names of ours. What is binary comes as hexadecimal text: clients show bytes differently, or cut them.
"""

from __future__ import annotations

LOGINS = """SELECT p.name AS name,
p.type AS type,
CONVERT(varchar(200), p.sid, 1) AS sid,
CONVERT(int, p.is_disabled) AS is_disabled,
p.default_database_name AS default_database,
p.default_language_name AS default_language,
CONVERT(varchar(600), l.password_hash, 1) AS hash,
CONVERT(int, l.is_policy_checked) AS checks_policy,
CONVERT(int, l.is_expiration_checked) AS checks_expiration
FROM sys.server_principals AS p LEFT JOIN sys.sql_logins AS l ON l.principal_id = p.principal_id
WHERE p.type IN ('S', 'U', 'G', 'E', 'X') ORDER BY p.name;"""
"""Everybody who may enter: SQL logins, Windows accounts and groups, Entra accounts and groups.

``hash`` is NULL for whoever has neither CONTROL SERVER nor (2022 and newer) VIEW ANY CRYPTOGRAPHICALLY SECURED
DEFINITION; of logins that he may not see there are no rows.
"""

MAPPED = """SELECT name AS name, type_desc AS type_desc FROM sys.server_principals
WHERE type IN ('C', 'K') AND LEFT(name, 2) <> N'##' ORDER BY name;"""
"""Logins that stand for a certificate or a key; nobody signs in by them, and no statement makes them without it."""

ROLES = """SELECT name AS name FROM sys.server_principals
WHERE type = 'R' AND is_fixed_role = 0 AND name <> N'public' ORDER BY name;"""
"""Roles of the server that somebody made."""

MEMBERS = """SELECT r.name AS role, m.name AS member FROM sys.server_role_members AS x
JOIN sys.server_principals AS r ON r.principal_id = x.role_principal_id
JOIN sys.server_principals AS m ON m.principal_id = x.member_principal_id ORDER BY r.name, m.name;"""
"""Who is in which role of the server."""

RIGHTS = """SELECT x.state AS state, x.permission_name AS permission, g.name AS grantee FROM sys.server_permissions AS x
JOIN sys.server_principals AS g ON g.principal_id = x.grantee_principal_id
WHERE x.class = 100 ORDER BY g.name, x.permission_name;"""
"""Rights on the server as a whole: granted (``G``), with the right to grant them (``W``), denied (``D``)."""

CERTIFICATES = """SELECT name AS name, CONVERT(varchar(80), thumbprint, 1) AS thumbprint, expiry_date AS expires_at,
pvt_key_encryption_type_desc AS key_state FROM master.sys.certificates ORDER BY name;"""
"""Certificates of ``master``; their keys are in no backup that anybody could use elsewhere without a password."""

CREDENTIALS = """SELECT name AS name, credential_identity AS identity_name FROM sys.credentials ORDER BY name;"""
"""How the server signs in elsewhere; secrets are told to nobody."""

LINKED = """SELECT name AS name, product AS product, provider AS provider, data_source AS source
FROM sys.servers WHERE is_linked = 1 ORDER BY name;"""
"""Servers that this one asks; the passwords for them are told to nobody."""
