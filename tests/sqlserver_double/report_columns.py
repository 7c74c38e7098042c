"""The columns of the reports about backups, in the server's order and with the types it sends (facts 2.2)."""

from __future__ import annotations

_INT, _SMALL, _TINY, _BIG, _BIT = "int", "smallint", "tinyint", "bigint", "bit"
_NAME, _DATE, _GUID, _LSN = "nvarchar(128)", "datetime", "uniqueidentifier", "numeric(25,0)"

HEADER = {
    "BackupName": _NAME, "BackupDescription": "nvarchar(255)", "BackupType": _TINY, "ExpirationDate": _DATE,
    "Compressed": _TINY, "Position": _SMALL, "DeviceType": _TINY, "UserName": _NAME, "ServerName": _NAME,
    "DatabaseName": _NAME, "DatabaseVersion": _INT, "DatabaseCreationDate": _DATE, "BackupSize": _BIG,
    "FirstLSN": _LSN, "LastLSN": _LSN, "CheckpointLSN": _LSN, "DatabaseBackupLSN": _LSN, "BackupStartDate": _DATE,
    "BackupFinishDate": _DATE, "SortOrder": _SMALL, "CodePage": _SMALL, "UnicodeLocaleId": _INT,
    "UnicodeComparisonStyle": _INT, "CompatibilityLevel": _TINY, "SoftwareVendorId": _INT,
    "SoftwareVersionMajor": _INT, "SoftwareVersionMinor": _INT, "SoftwareVersionBuild": _INT, "MachineName": _NAME,
    "Flags": _INT, "BindingID": _GUID, "RecoveryForkID": _GUID, "Collation": _NAME, "FamilyGUID": _GUID,
    "HasBulkLoggedData": _BIT, "IsSnapshot": _BIT, "IsReadOnly": _BIT, "IsSingleUser": _BIT,
    "HasBackupChecksums": _BIT, "IsDamaged": _BIT, "BeginsLogChain": _BIT, "HasIncompleteMetaData": _BIT,
    "IsForceOffline": _BIT, "IsCopyOnly": _BIT, "FirstRecoveryForkID": _GUID, "ForkPointLSN": _LSN,
    "RecoveryModel": "nvarchar(60)", "DifferentialBaseLSN": _LSN, "DifferentialBaseGUID": _GUID,
    "BackupTypeDescription": _NAME, "BackupSetGUID": _GUID, "CompressedBackupSize": _BIG, "Containment": _TINY,
    "KeyAlgorithm": "nvarchar(32)", "EncryptorThumbprint": "varbinary(20)", "EncryptorType": "nvarchar(32)",
    "LastValidRestoreTime": _DATE, "TimeZone": _SMALL, "CompressionAlgorithm": "nvarchar(32)",
}  # fmt: skip
"""The last three since 2022."""

FILELIST = {
    "LogicalName": _NAME, "PhysicalName": "nvarchar(260)", "Type": "nchar(1)", "FileGroupName": _NAME, "Size": _BIG,
    "MaxSize": _BIG, "FileId": _BIG, "CreateLSN": _LSN, "DropLSN": _LSN, "UniqueId": _GUID, "ReadOnlyLSN": _LSN,
    "ReadWriteLSN": _LSN, "BackupSizeInBytes": _BIG, "SourceBlockSize": _INT, "FileGroupId": _INT,
    "LogGroupGUID": _GUID, "DifferentialBaseLSN": _LSN, "DifferentialBaseGUID": _GUID, "IsReadOnly": _BIT,
    "IsPresent": _BIT, "TDEThumbprint": "varbinary(32)", "SnapshotUrl": "nvarchar(360)",
}  # fmt: skip

LABEL = {
    "MediaName": _NAME, "MediaSetId": _GUID, "FamilyCount": _INT, "FamilySequenceNumber": _INT,
    "MediaFamilyId": _GUID, "MediaSequenceNumber": _INT, "MediaLabelPresent": _TINY,
    "MediaDescription": "nvarchar(255)", "SoftwareName": _NAME, "SoftwareVendorId": _INT, "MediaDate": _DATE,
    "MirrorCount": _INT, "IsCompressed": _BIT,
}  # fmt: skip
