; Inno Setup's recipe, for `packaging/build.py windows`, which names Version, Folder, Build and Root.
; Installed for one person without an administrator, or for all with one: who installs chooses.

#ifndef Version
  #error Build it with: python packaging/build.py windows
#endif

[Setup]
; Its own mark: the same in every version, so that a newer one replaces an older one.
AppId={{4F0B8D4C-6B0E-4B57-9C54-2A8C4C1E9D37}
AppName=Tradekeep
AppVersion={#Version}
AppPublisher=The Tradekeep developers
DefaultDirName={autopf}\Tradekeep
DefaultGroupName=Tradekeep
DisableProgramGroupPage=yes
PrivilegesRequired=lowest
PrivilegesRequiredOverridesAllowed=dialog
ArchitecturesAllowed=x64compatible
ArchitecturesInstallIn64BitMode=x64compatible
MinVersion=10.0.17763
LicenseFile={#Root}\LICENSE
SetupIconFile={#Build}\tradekeep.ico
UninstallDisplayIcon={app}\tradekeep-gui.exe
OutputBaseFilename=tradekeep-{#Version}-setup
Compression=lzma2/max
SolidCompression=yes
WizardStyle=modern
ChangesEnvironment=yes
; A running Tradekeep would hold its own files open.
CloseApplications=yes
RestartApplications=no

[Languages]
Name: "english"; MessagesFile: "compiler:Default.isl"
Name: "german"; MessagesFile: "compiler:Languages\German.isl"
Name: "spanish"; MessagesFile: "compiler:Languages\Spanish.isl"

[CustomMessages]
english.Path=Make the command “tradekeep” known to terminals
german.Path=Den Befehl „tradekeep“ in Terminals bekannt machen
spanish.Path=Dar a conocer la orden «tradekeep» a los terminales

[Tasks]
Name: "desktopicon"; Description: "{cm:CreateDesktopIcon}"; Flags: unchecked
Name: "path"; Description: "{cm:Path}"

[InstallDelete]
; Libraries of the version before, which this one may not have any more.
Type: filesandordirs; Name: "{app}\_internal"

[Files]
Source: "{#Folder}\*"; DestDir: "{app}"; Flags: ignoreversion recursesubdirs createallsubdirs
Source: "{#Build}\tradekeep.cdx.json"; DestDir: "{app}"; Flags: ignoreversion
Source: "{#Root}\LICENSE"; DestDir: "{app}"; DestName: "LICENSE.txt"; Flags: ignoreversion

[Icons]
Name: "{autoprograms}\Tradekeep"; Filename: "{app}\tradekeep-gui.exe"
Name: "{autodesktop}\Tradekeep"; Filename: "{app}\tradekeep-gui.exe"; Tasks: desktopicon

[Registry]
Root: HKA; Subkey: "{code:EnvironmentKey}"; ValueType: expandsz; ValueName: "Path"; \
  ValueData: "{olddata};{app}"; Tasks: path; Check: IsNotOnPath(ExpandConstant('{app}'))

[Run]
Filename: "{app}\tradekeep-gui.exe"; Description: "{cm:LaunchProgram,Tradekeep}"; \
  Flags: nowait postinstall skipifsilent

[UninstallRun]
; The timer and the entry at login lead to files that will not be there any more.
Filename: "{app}\tradekeep-gui.exe"; Parameters: "service remove"; RunOnceId: "Timer"; \
  Flags: runhidden waituntilterminated

[Code]
const
  ForAll = 'SYSTEM\CurrentControlSet\Control\Session Manager\Environment';
  ForOne = 'Environment';
  AtLogin = 'Software\Microsoft\Windows\CurrentVersion\Run';

function EnvironmentKey(Param: String): String;
begin
  if IsAdminInstallMode then Result := ForAll else Result := ForOne;
end;

function IsNotOnPath(Folder: String): Boolean;
var
  Path: String;
begin
  if not RegQueryStringValue(HKA, EnvironmentKey(''), 'Path', Path) then Path := '';
  Result := Pos(';' + Uppercase(Folder) + ';', ';' + Uppercase(Path) + ';') = 0;
end;

procedure TakeOffPath(Folder: String);
var
  Path: String;
  Place: Integer;
begin
  if not RegQueryStringValue(HKA, EnvironmentKey(''), 'Path', Path) then exit;
  Path := ';' + Path + ';';
  Place := Pos(';' + Uppercase(Folder) + ';', Uppercase(Path));
  if Place = 0 then exit;
  Delete(Path, Place, Length(Folder) + 1);
  RegWriteExpandStringValue(HKA, EnvironmentKey(''), 'Path', Copy(Path, 2, Length(Path) - 2));
end;

procedure CurUninstallStepChanged(Step: TUninstallStep);
begin
  if Step = usPostUninstall then begin
    TakeOffPath(ExpandConstant('{app}'));
    RegDeleteValue(HKCU, AtLogin, 'Tradekeep');
  end;
end;
